"""What starts a real Odoo 19 for Punchclock's tests and demos (standard library only)."""
