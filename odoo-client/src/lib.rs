//! A typed client for Odoo.
