"""JSON v1 for programs, with its OpenAPI description. It calls the same verbs as the storefront."""
