"""Opens the lab in a browser: settings → lab → page and API → launch. No logic."""
