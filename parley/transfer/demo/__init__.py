"""The demo tenants of ``parley demo``: a made-up support desk, real chat, and any size for load tests."""
