"""People, sign-in, roles and access tokens. It must never know what a person bought."""
