"""Where things are wired: config, authentication, the app and the embedded database."""
