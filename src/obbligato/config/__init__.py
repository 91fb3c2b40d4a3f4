"""Settings, URLs, the ASGI application and the command line: the only folder that knows all others."""
