import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// The tests start each of these on the page it is about, as the person it is about.

tours.add("punchclock_cto_request", {
    steps: () => [
        {
            content: "Ask for compensatory time",
            trigger: ".o_hr_leave_form div[name='holiday_status_id'] input",
            run: "click",
        },
        {
            content: "Type its name",
            trigger: ".o_hr_leave_form div[name='holiday_status_id'] input",
            run: "edit Compensatory Time Off",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item:contains('Compensatory Time Off')",
            run: "click",
        },
        {
            content: "It is taken in hours",
            trigger: ".o_hr_leave_form div[name='request_hour_from']",
        },
        {
            content: "Send the request",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "It is asked for",
            trigger: ".o_form_saved",
        },
    ],
});

tours.add("punchclock_cto_approve", {
    steps: () => [
        {
            content: "Approve",
            trigger: "button[name='action_approve']",
            run: "click",
        },
        {
            content: "It is approved",
            trigger: ".o_arrow_button_current:contains('Approved')",
        },
    ],
});

tours.add("punchclock_cto_refuse", {
    steps: () => [
        {
            content: "Refuse",
            trigger: "button[name='action_refuse']",
            run: "click",
        },
        {
            content: "It is refused",
            trigger: "body:not(:has(button[name='action_refuse']))",
        },
    ],
});

tours.add("punchclock_cto_cancel", {
    steps: () => [
        {
            content: "Cancel",
            trigger: "button[name='action_cancel']",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal div[name='reason'] textarea",
            run: "edit The plans changed",
        },
        {
            content: "Cancel it",
            trigger: ".modal button[name='action_cancel_leave']",
            run: "click",
        },
        {
            content: "It is cancelled",
            trigger: "body:not(:has(.modal)) .o_form_view:not(:has(button[name='action_cancel']))",
        },
    ],
});

tours.add("punchclock_cto_own_account", {
    steps: () => [
        {
            content: "Open the own account",
            trigger: ".o_list_view .o_data_row:contains('Anna') .o_data_cell",
            run: "click",
        },
        {
            content: "The balance is there, and the lots",
            trigger: ".o_form_view div[name='lot_ids'] .o_data_row",
        },
        {
            content: "Nothing can be changed",
            trigger: ".o_form_view:not(:has(button[name='action_by_hand']))",
        },
    ],
});
