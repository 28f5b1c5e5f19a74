from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("api", "0001_initial")]

    operations = [
        # Counts of the current minute are worth no write-ahead log.
        migrations.RunSQL("ALTER TABLE api_rate_window SET UNLOGGED", "ALTER TABLE api_rate_window SET LOGGED")
    ]
