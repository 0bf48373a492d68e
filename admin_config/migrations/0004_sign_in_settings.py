from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("admin_config", "0003_audit_append_only")]

    operations = [
        migrations.CreateModel(
            name="SignInSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "policy",
                    models.CharField(
                        choices=[
                            ("ALL_METHODS", "All methods: a password, or Salesforce"),
                            ("SALESFORCE_ONLY", "Salesforce only"),
                        ],
                        default="ALL_METHODS",
                        max_length=16,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="one_sign_in_settings"
                    )
                ],
            },
        ),
    ]
