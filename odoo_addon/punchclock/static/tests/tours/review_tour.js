import { registry } from "@web/core/registry";

const queue = ".o_list_view .o_data_row:contains('Anna')";

// What an officer does with a forgotten punch: from the review queue to a submitted correction.
registry.category("web_tour.tours").add("punchclock_review_adjust", {
    steps: () => [
        {
            content: "The forgotten punch waits in the queue",
            trigger: `${queue} button[name='action_adjust']`,
            run: "click",
        },
        {
            content: "The usual answer is filled in: a punch out is to be added",
            trigger: ".o_form_view .o_field_widget[name='punch_time'] input",
            run: "edit 17:00",
        },
        {
            trigger: ".o_field_widget[name='reason_id'] input",
            run: "edit Forgot",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Forgot to punch')",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='note'] textarea",
            run: "edit Seen leaving at five.",
        },
        {
            trigger: "button[name='action_submit']",
            run: "click",
        },
        {
            content: "It waits for somebody else: who asked cannot approve",
            trigger: ".o_arrow_button_current:contains('Submitted')",
        },
        {
            trigger: ".o_form_view:not(:has(button[name='action_approve']))",
        },
    ],
});

// What another officer does with it.
registry.category("web_tour.tours").add("punchclock_review_approve", {
    steps: () => [
        {
            trigger: ".o_list_view .o_data_row:contains('Anna') .o_data_cell[name='note']",
            run: "click",
        },
        {
            trigger: "button[name='action_approve_and_apply']",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains('Applied')",
        },
        {
            content: "Before and after are shown",
            trigger: ".o_field_widget[name='after_text']:contains('28800')",
        },
    ],
});

// What payroll does with the month.
registry.category("web_tour.tours").add("punchclock_review_export", {
    steps: () => [
        {
            trigger: ".o_list_view .o_data_row:contains('March 2026') .o_data_cell[name='name']",
            run: "click",
        },
        {
            trigger: "button[name='action_freeze']",
            run: "click",
        },
        {
            trigger: ".modal .alert-success:contains('Everything is resolved')",
        },
        {
            trigger: ".modal-footer button[name='action_freeze']",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains('Frozen')",
        },
        {
            trigger: ".o_form_statusbar button[name='action_export']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='profile_ids'] .o_tag:contains('Long')",
        },
        {
            trigger: ".modal-footer button[name='action_export']",
            run: "click",
        },
        {
            content: "The file, its control totals and its digest",
            trigger: ".o_form_view .o_field_widget[name='control_text']:contains('seconds REG: 28800')",
        },
        {
            trigger: ".o_field_widget[name='control_text']:contains('audit chain:')",
        },
    ],
});

// What an employee does alone.
registry.category("web_tour.tours").add("punchclock_self_service", {
    steps: () => [
        {
            content: "The own day",
            trigger: ".o_list_view .o_data_row:contains('Anna') .o_data_cell[name='first_in_local']",
            run: "click",
        },
        {
            trigger: "button[name='action_adjust']",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name='punch_time'] input",
            run: "edit 17:00",
        },
        {
            trigger: ".o_field_widget[name='reason_id'] input",
            run: "edit Forgot",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Forgot to punch')",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='note'] textarea",
            run: "edit I left at five.",
        },
        {
            trigger: "button[name='action_submit']",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains('Submitted')",
        },
    ],
});
