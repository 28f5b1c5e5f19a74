"""Tollbook: billing and reselling for service providers."""
