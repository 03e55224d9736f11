/** @odoo-module **/

import {Component, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {formatDuration} from "../duration/duration_field";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

// Somebody leaves it open on a screen in the corridor.
const REFRESH_MS = 60000;

export class PunchclockDashboard extends Component {
    static template = "punchclock.Dashboard";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({data: null});
        this.groups = [
            {key: "present", label: _t("At Work"), color: "text-success"},
            {key: "late", label: _t("Late"), color: "text-warning"},
            {key: "absent", label: _t("Not Here Yet"), color: "text-danger"},
            {key: "left", label: _t("Gone Home"), color: "text-muted"},
            {key: "away", label: _t("Away"), color: "text-info"},
            {key: "incomplete", label: _t("Incomplete"), color: "text-danger"},
        ];
        onWillStart(() => this.load());
        const timer = setInterval(() => this.load(), REFRESH_MS);
        onWillUnmount(() => clearInterval(timer));
    }

    async load() {
        this.state.data = await this.orm.call("punchclock.dashboard", "data", []);
    }

    detail(person) {
        return person.seconds ? formatDuration(person.seconds) : person.since;
    }

    when(text) {
        return text ? formatDateTime(deserializeDateTime(text)) : _t("never");
    }

    openPerson(person) {
        if (person.day_id) {
            return this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "punchclock.day",
                res_id: person.day_id,
                views: [[false, "form"]],
            });
        }
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: person.name,
            res_model: "punchclock.day",
            domain: [["employee_id", "=", person.id]],
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }

    openEdge(edge) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "punchclock.gateway",
            res_id: edge.id,
            views: [[false, "form"]],
        });
    }

    openReview(type) {
        return this.action.doAction("punchclock.action_exception", {
            additionalContext: {search_default_open: 1, search_default_type: type},
        });
    }

    open(xmlid) {
        return this.action.doAction(xmlid);
    }
}

registry.category("actions").add("punchclock_dashboard", PunchclockDashboard);
