/** @odoo-module **/
// Whole seconds, shown and typed as h:mm or h:mm:ss. The engine counts in seconds; nobody reads 27000.

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {Component} from "@odoo/owl";
import {useInputField} from "@web/views/fields/input_field_hook";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

export function formatDuration(value) {
    if (value === false || value === null || value === undefined) {
        return "";
    }
    const total = Math.abs(value);
    const two = (number) => String(number).padStart(2, "0");
    const seconds = total % 60;
    const text = `${Math.floor(total / 3600)}:${two(Math.floor(total / 60) % 60)}`;
    return (value < 0 ? "-" : "") + text + (seconds ? `:${two(seconds)}` : "");
}

export function parseDuration(text) {
    const match = /^\s*(-?)(\d+)(?::([0-5]?\d))?(?::([0-5]?\d))?\s*$/.exec(text);
    if (!match) {
        throw new Error(_t("A duration is written as hours:minutes or hours:minutes:seconds"));
    }
    const [, sign, hours, minutes, seconds] = match;
    const total = Number(hours) * 3600 + Number(minutes || 0) * 60 + Number(seconds || 0);
    return sign ? -total : total;
}

export class DurationField extends Component {
    static template = "punchclock.DurationField";
    static props = {...standardFieldProps};

    setup() {
        useInputField({
            getValue: () => this.formatted,
            refName: "input",
            parse: parseDuration,
        });
    }

    get formatted() {
        return formatDuration(this.props.record.data[this.props.name]);
    }
}

registry.category("fields").add("punchclock_duration", {
    component: DurationField,
    displayName: _t("Duration in Seconds"),
    supportedTypes: ["integer"],
});
registry.category("formatters").add("punchclock_duration", formatDuration);
