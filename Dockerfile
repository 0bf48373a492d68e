# The app for production: web, workers and beat are the same image with different commands.
FROM python:3.11-slim AS build
WORKDIR /build
RUN python -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=actions_app.settings.production
RUN useradd --system --uid 10001 --no-create-home actions
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY . .
# Only for this step: collecting static files needs complete settings, but no server and no secret.
RUN DATABASE_URL=postgres:/// REDIS_URL=redis:// ALLOWED_HOSTS=localhost PUBLIC_URL=https://localhost \
    SECRET_KEY=only-for-collecting-static-files-while-the-image-is-built \
    CREDENTIALS_KEYS=$(printf only-for-collecting-static-files | base64) \
    python manage.py collectstatic --noinput
USER actions
EXPOSE 8000
# The app answers to its own host names only, so the check calls it by the first of them.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", "\
import os, urllib.request as r; \
host = os.environ['ALLOWED_HOSTS'].split(',')[0].lstrip('.'); \
r.urlopen(r.Request('http://127.0.0.1:8000/health/', headers={'Host': host}), timeout=4)"]
CMD ["gunicorn", "actions_app.wsgi", "--config=python:actions_app.gunicorn_settings", "--bind=0.0.0.0:8000"]
