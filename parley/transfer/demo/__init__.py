"""The demo tenants of ``parley demo``: a made-up support desk, real chat, and any size for load tests.

A demo is made once and kept: the tenant's marker says what it was made from, and making it again finds it there.
"""
