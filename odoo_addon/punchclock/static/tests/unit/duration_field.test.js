import {contains, defineModels, fields, models, mountView, onRpc} from "@web/../tests/web_test_helpers";
import {expect, test} from "@odoo/hoot";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {formatDuration, parseDuration} from "@punchclock/duration/duration_field";

class Day extends models.Model {
    worked_seconds = fields.Integer();

    _records = [{id: 1, worked_seconds: 28830}];
}

// Its services ask the server as soon as anything is mounted.
defineMailModels();
defineModels([Day]);

test("seconds are shown only where there are some", () => {
    expect(formatDuration(27000)).toBe("7:30");
    expect(formatDuration(28830)).toBe("8:00:30");
    expect(formatDuration(0)).toBe("0:00");
    expect(formatDuration(360000)).toBe("100:00");
    expect(formatDuration(-90)).toBe("-0:01:30");
    expect(formatDuration(false)).toBe("");
});

test("what is shown is read back as it was", () => {
    for (const seconds of [0, 1, 59, 60, 3599, 3600, 28830, 86399, 360000, -90, -3600]) {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
    }
    expect(parseDuration(" 8 ")).toBe(28800);
});

test("what is no duration is refused", () => {
    for (const text of ["", "8.5", "8:60", "8:5:61", "eight", "1:2:3:4", "--1"]) {
        expect(() => parseDuration(text)).toThrow();
    }
});

test("a form shows hours and writes seconds", async () => {
    onRpc("day", "web_save", ({args}) => {
        expect.step(args[1].worked_seconds);
    });
    await mountView({
        type: "form",
        resModel: "day",
        resId: 1,
        arch: `<form><field name="worked_seconds" widget="punchclock_duration"/></form>`,
    });
    expect(".o_field_widget[name=worked_seconds] input").toHaveValue("8:00:30");
    await contains(".o_field_widget[name=worked_seconds] input").edit("7:45");
    await contains(".o_form_button_save").click();
    expect.verifySteps([27900]);
});
