# Copyright 2026 Punchclock contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
{
    "name": "Punchclock",
    "summary": "Punches of ZKTeco attendance terminals become worked days, every minute explained",
    "version": "19.0.0.2.0",
    "category": "Human Resources/Attendances",
    "license": "LGPL-3",
    "author": "Punchclock contributors",
    "depends": ["hr_attendance"],
    "external_dependencies": {"python": ["punchclock_rules"]},
    "data": [
        "security/punchclock_groups.xml",
        "security/ir.model.access.csv",
        "security/punchclock_record_rules.xml",
        "data/ir_cron.xml",
        "views/punchclock_day_views.xml",
        "views/punchclock_event_views.xml",
        "views/punchclock_batch_views.xml",
        "views/punchclock_terminal_views.xml",
        "views/punchclock_gateway_views.xml",
        "views/punchclock_pin_views.xml",
        "views/punchclock_terminal_user_views.xml",
        "views/punchclock_terminal_pending_views.xml",
        "views/hr_employee_views.xml",
        "wizards/punchclock_wizard_views.xml",
        "views/punchclock_dirty_day_views.xml",
        "views/punchclock_menus.xml",
    ],
    "assets": {
        "web.assets_tests": ["punchclock/static/tests/tours/**/*"],
    },
    "application": True,
}
