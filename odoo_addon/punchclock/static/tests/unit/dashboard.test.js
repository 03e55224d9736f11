import {advanceTime, animationFrame} from "@odoo/hoot-mock";
import {contains, mockService, mountWithCleanup, onRpc} from "@web/../tests/web_test_helpers";
import {expect, test} from "@odoo/hoot";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {PunchclockDashboard} from "@punchclock/dashboard/dashboard";

// Its services ask the server as soon as anything is mounted.
defineMailModels();

const PEOPLE = {
    present: [{id: 1, name: "Anna", day_id: 11, since: "07:58:00"}],
    late: [{id: 2, name: "Bart", day_id: 12, since: "08:31:00", seconds: 1860}],
    absent: [{id: 3, name: "Cleo", day_id: false, since: "08:00"}],
    left: [],
    away: [],
    incomplete: [
        {id: 4, name: "Dan", day_id: 13, since: "2026-03-02"},
        {id: 4, name: "Dan", day_id: 14, since: "2026-02-27"},
    ],
};
const EDGE = {
    id: 5,
    name: "Brussels",
    suspended: false,
    seen: "2026-03-03 08:00:00",
    silent: false,
    depth: 812,
    oldest: false,
    dead: 0,
    problem: "",
};

function answer(more = {}) {
    return {
        people: PEOPLE,
        review: [{type: "late", label: "Late", count: 3}],
        machinery: {
            unmapped: [],
            silent: [],
            edges: [EDGE],
            terminals: 2,
            waiting: 0,
            oldest: false,
            failed: [],
            ...more,
        },
    };
}

async function mountDashboard(data) {
    onRpc("punchclock.dashboard", "data", () => {
        expect.step("data");
        return data;
    });
    mockService("action", {
        doAction(action) {
            expect.step(action.xml_id || action.res_model || action);
        },
    });
    await mountWithCleanup(PunchclockDashboard, {
        props: {action: {}, actionId: 1, updateActionState: () => {}, className: ""},
    });
    expect.verifySteps(["data"]);
}

test("each person stands in their group, with what matters there", async () => {
    await mountDashboard(answer());
    expect("[data-group=present] li").toHaveCount(1);
    expect("[data-group=present] li span").toHaveText("07:58:00");
    expect("[data-group=late] li span").toHaveText("0:31");
    expect("[data-group=left] li").toHaveCount(0);
    // The same person twice, for two days.
    expect("[data-group=incomplete] li").toHaveCount(2);
    expect("[data-group=review] .badge").toHaveText("3");
});

test("a person leads to the day, and without a day to the days", async () => {
    await mountDashboard(answer());
    await contains("[data-group=present] li a").click();
    await contains("[data-group=absent] li a").click();
    expect.verifySteps(["punchclock.day", "punchclock.day"]);
    await contains("[data-group=review] a").click();
    expect.verifySteps(["punchclock.action_exception"]);
    await contains("[data-link=board]").click();
    expect.verifySteps(["punchclock.action_day_today"]);
});

test("an edge that needs somebody stands out", async () => {
    await mountDashboard(answer({edges: [EDGE, {...EDGE, id: 6, name: "Ghent", problem: "no route"}]}));
    expect("[data-edge]").toHaveCount(2);
    expect("[data-edge].text-danger").toHaveCount(1);
    expect("[data-edge].text-danger").toHaveText(/no route/);
    await contains("[data-edge] a").click();
    expect.verifySteps(["punchclock.gateway"]);
});

test("it is read again each minute", async () => {
    await mountDashboard(answer());
    await advanceTime(60000);
    await animationFrame();
    expect.verifySteps(["data"]);
});
