"""What starts a real Odoo for Punchclock's tests and demos (standard library only)."""
