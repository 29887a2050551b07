"""Persistence, private to the services. The only place that knows SQLAlchemy's schema side."""
