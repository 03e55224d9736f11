import { stepUtils } from "@web_tour/tour_utils";
import { registry } from "@web/core/registry";

/** An officer finds an unknown PIN, takes the suggestion, has the day computed and reads why it is what it is. */
registry.category("web_tour.tours").add("punchclock_map_pin", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "the app",
            trigger: '.o_app[data-menu-xmlid="punchclock.menu_root"]',
            run: "click",
        },
        {
            content: "punches",
            trigger: '[data-menu-xmlid="punchclock.menu_events"]',
            run: "click",
        },
        {
            content: "those to review",
            trigger: '[data-menu-xmlid="punchclock.menu_events_review"]',
            run: "click",
        },
        {
            content: "they are grouped by why they wait",
            trigger: '.o_group_header:contains("Unknown PIN")',
            run: "click",
        },
        {
            content: "one of them",
            trigger: '.o_data_row:contains("4242") .o_data_cell[name="pin"]',
            run: "click",
        },
        {
            content: "map its PIN",
            trigger: '.o_form_view button[name="action_map"]',
            run: "click",
        },
        {
            content: "the name on the terminal suggests who it is",
            trigger: '.modal .o_data_row:contains("4242"):contains("Tour Dubois")',
        },
        {
            content: "take it",
            trigger: '.modal button[name="action_apply"]',
            run: "click",
        },
        {
            content: "the PIN is somebody's now",
            trigger: '.o_list_view .o_data_row:contains("4242"):contains("Tour Dubois")',
        },
        {
            content: "configuration",
            trigger: '[data-menu-xmlid="punchclock.menu_configuration"]',
            run: "click",
        },
        {
            content: "the days that wait",
            trigger: '[data-menu-xmlid="punchclock.menu_dirty_days"]',
            run: "click",
        },
        {
            content: "compute them now instead of waiting for the job",
            trigger: '.o_control_panel button[name="action_drain"]',
            run: "click",
        },
        {
            content: "nothing waits any more",
            trigger: ".o_list_view:not(:has(.o_data_row)), .o_view_nocontent",
        },
        {
            content: "the days",
            trigger: '[data-menu-xmlid="punchclock.menu_days"]',
            run: "click",
        },
        {
            content: "open the day",
            trigger: '.o_data_row:contains("Tour Dubois"):contains("17:00") .o_data_cell[name="date"]',
            run: "click",
        },
        {
            content: "minute by minute, each stretch with its reason",
            trigger: '.o_form_view .o_field_widget[name="line_ids"] .o_data_row .o_data_cell[name="why"]:not(:empty)',
        },
        {
            content: "and in words",
            trigger: '.o_notebook_headers .nav-link[name="explanation"]',
            run: "click",
        },
        {
            content: "the explanation is there to read",
            trigger: '.o_form_view .o_field_widget[name="explanation"]:not(:empty)',
        },
    ],
});
