"""The HTTP API: operations, parameters, and the OpenAPI document."""
