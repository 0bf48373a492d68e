"""The page on which a user allows an app to act for them, or does not.

It is scripted by giving the answer along: `…&sandbox_user=sam@example.com&decision=allow`.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import Reply
from syncing.sandbox.salesforce.org import Org
from syncing.sandbox.salesforce.sessions import Grant

# No form-action: browsers would hold it against the way back to the app as well.
_POLICY = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'"
_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Allow access? - Salesforce sandbox</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/control/page.css">
</head>
<body>
  <header>
    <h1>Allow access?</h1>
    <p>An app asks to act for you in the Salesforce sandbox.</p>
  </header>
  <main><section>
    <form method="get" action="/services/oauth2/authorize">
      {hidden}
      <p>It may: {scopes}</p>
      <label>Sign in as <select name="sandbox_user">{users}</select></label>
      <p class="bar">
        <button class="primary" name="decision" value="allow">Allow</button>
        <button name="decision" value="deny">Deny</button>
      </p>
    </form>
  </section></main>
</body>
</html>
"""
_ASKED = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)


def reply(org: Org, request: Request) -> Reply:
    """The page, or the way back to the app once there is an answer."""
    asked = {name: request.text(name) or "" for name in _ASKED}
    if asked["client_id"] != org.settings.client_id:
        return _refusal("invalid_client_id", "client identifier invalid")
    if not asked["redirect_uri"].startswith(("http://", "https://")):
        return _refusal("redirect_uri_mismatch", "redirect_uri must be a web address")
    if asked["response_type"] != "code":
        return _back(asked, error="unsupported_response_type", error_description="only code")
    if asked["code_challenge"] and asked["code_challenge_method"] != "S256":
        return _back(asked, error="invalid_request", error_description="only S256 is supported")
    return _decide(org, asked, request)


def _decide(org: Org, asked: Mapping[str, str], request: Request) -> Reply:
    match request.text("decision"):
        case None:
            return _page(org, asked, login_hint=request.text("login_hint") or "")
        case "allow":
            return _allow(org, asked, request.text("sandbox_user") or "")
    return _back(asked, error="access_denied", error_description="end-user denied authorization")


def _allow(org: Org, asked: Mapping[str, str], email: str) -> Reply:
    with org.store.reading() as connection:
        row = connection.execute(
            "SELECT Id FROM User WHERE IsActive AND ? IN (Email, Username, Id)", (email,)
        ).fetchone()
    if row is None:
        return _refusal("invalid_user", f"There is no active user {email!r}.")
    code = org.sessions.new_code(
        Grant(row["Id"], asked["client_id"], asked["scope"] or "api"),
        redirect_uri=asked["redirect_uri"],
        challenge=asked["code_challenge"],
        lifetime=org.settings.code_seconds,
    )
    return _back(asked, code=code)


def _page(org: Org, asked: Mapping[str, str], *, login_hint: str) -> Reply:
    with org.store.reading() as connection:
        users = connection.execute("SELECT Name, Email FROM User WHERE IsActive").fetchall()
    options = "".join(
        f'<option value="{escape(user["Email"])}"'
        f"{' selected' if user['Email'] == login_hint else ''}>"
        f"{escape(user['Name'])} ({escape(user['Email'])})</option>"
        for user in users
    )
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in asked.items()
        if value
    )
    html = _PAGE.format(hidden=hidden, users=options, scopes=escape(asked["scope"] or "api"))
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return Reply(200, html.encode(), "text/html;charset=UTF-8", headers)


def _back(asked: Mapping[str, str], **answer: str) -> Reply:
    """To the app, with an answer and the state it sent."""
    if asked["state"]:
        answer["state"] = asked["state"]
    mark = "&" if "?" in asked["redirect_uri"] else "?"
    location = f"{asked['redirect_uri']}{mark}{urlencode(answer)}"
    return Reply(302, headers={"Location": location, "Cache-Control": "no-store"})


def _refusal(error: str, description: str) -> Reply:
    text = f"error={error}&error_description={description}"
    return Reply(400, text.encode(), "text/plain;charset=UTF-8", code=error)
