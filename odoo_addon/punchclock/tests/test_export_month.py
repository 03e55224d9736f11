# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import csv
import hashlib
import io
import json
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger

from .common import lines
from .test_period import PeriodCase

PROFILES = ("long", "wide", "daily", "adp", "codes")
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestExportMonth(PeriodCase):
    """A month of a company of two branches in two zones, from raw punches to every payroll file.

    In March 2026 both zones change their clocks, on different Sundays; one of the four people works nights.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.punchclock_payroll_code = "B7"
        cls.company.name = "Demo Bakery"
        nights = cls.calendar("Nights", "Europe/Brussels", lines(range(5), (22, 24)) + lines(range(1, 6), (0, 6)))
        counter = cls.calendar("Counter", "America/New_York", lines(range(5), (9, 17)))
        cls.anna.write({"name": "Anna Claes", "punchclock_payroll_id": "0007", "punchclock_cost_center": "Office"})
        cls.ben = cls.employee("Ben, Jr.", nights)
        cls.cleo = cls.employee('=HYPERLINK("http://x")', counter)
        cls.dan = cls.employee("Dan", None)
        for employee, pin, payroll_id, center in (
            (cls.ben, "8", "0008", "@ovens"),
            (cls.cleo, "9", "0009", "Counter"),
            (cls.dan, "10", "0010", "-"),
        ):
            cls.give_pin(employee, pin)
            employee.write(
                {"punchclock_payroll_id": payroll_id, "punchclock_cost_center": center, "parent_id": cls.boss.id}
            )
        cls.cleo.tz = "America/New_York"

    def setUp(self):
        super().setUp()
        for pin, serial, punches in (
            ("7", "BRU1", self.of_anna()),
            ("8", "BRU1", self.of_ben()),
            ("9", "NYC1", self.of_cleo()),
            ("10", "BRU1", ["2026-03-07T10:00:00", "2026-03-07T14:20:00"]),
        ):
            self.punch(pin, *punches, serial=serial)

    def weekdays(self):
        days = [FIRST + timedelta(days=number) for number in range(31)]
        return [day for day in days if day.weekday() < 5]

    def of_anna(self):
        """Eight to five; late on the 17th, long on the 4th, forgot to go on the 10th, away on the 12th."""
        punches = []
        for day in self.weekdays():
            if day.day == 12:
                continue
            punches.append(f"{day}T{'09:00:00' if day.day == 17 else '08:00:00'}")
            if day.day != 10:
                punches.append(f"{day}T{'18:30:00' if day.day == 4 else '17:00:00'}")
        return punches

    def of_ben(self):
        """Ten at night to six in the morning, and one night more: the one that is an hour shorter."""
        nights = [day for day in self.weekdays() if day.day < 31]
        punches = []
        for day in [*nights, date(2026, 3, 28)]:
            punches += [f"{day}T22:00:00", f"{day + timedelta(days=1)}T06:00:00"]
        return punches

    def of_cleo(self):
        """Nine to five by the clock of New York; until a quarter past seven on the 20th."""
        return [
            punch
            for day in self.weekdays()
            for punch in (f"{day}T09:00:00", f"{day}T{'19:15:20' if day.day == 20 else '17:00:00'}")
        ]

    def corrected(self):
        """What the manager and the officer did with it."""
        self.drain()
        self.decided(date="2026-03-10", punch_date="2026-03-10", punch_time="17:00", direction="1")
        self.decided(
            "excuse", date="2026-03-12", excuse="absence", reason_id=self.env.ref("punchclock.reason_excused").id
        )
        self.decided("excuse", date="2026-03-17", excuse="late")
        self.drain()
        self.freeze()

    def export(self, code):
        return (
            self.env["punchclock.export"]
            .with_user(self.payroll)
            ._make(self.period, self.env.ref(f"punchclock.profile_{code}").with_user(self.payroll))
        )

    def content(self, export, field="content"):
        return base64.b64decode(export.with_context(bin_size=False)[field])

    def cells(self, export):
        rows = list(csv.reader(io.StringIO(self.content(export).decode(), newline="")))
        return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]

    def pays(self):
        return self.env["punchclock.day"]._pay_of(self.anna | self.ben | self.cleo | self.dan, FIRST, LAST)

    # -- the month -------------------------------------------------------------------------------------------

    def test_from_raw_punches_to_every_file(self):
        self.corrected()
        self.assertEqual(
            self.env["punchclock.event"].search_count(
                [("company_id", "=", self.company.id), ("channel", "!=", "manual")]
            ),
            131,
        )
        folder = Path(file_path("punchclock/tests/expected"))
        for code in PROFILES:
            with self.subTest(profile=code):
                export = self.export(code)
                expected = (folder / f"month_{code}.csv").read_bytes()
                self.assertEqual(self.content(export).decode().split("\r\n"), expected.decode().split("\r\n"))
                self.assertEqual(export.sha256, hashlib.sha256(expected).hexdigest())
        self.assertEqual(self.period.state, "exported")
        self.assertSound()

    def test_the_month_by_hand(self):
        """The same month, added up on paper: 22 weekdays, and what happened on six of them."""
        self.corrected()
        export = self.export("wide")
        hour = 3600
        self.assertEqual(
            export.totals,
            {
                # Anna 21 days of 8 h, less the hour she was late. Ben 21 nights. Cleo 22 days. Dan, who has no hours, 4:20.
                "REG": (21 * 8 - 1 + 21 * 8 + 22 * 8) * hour + 4 * hour + 20 * 60,
                # Anna 1:30, Cleo 2:15:20, Ben the night of the 28th: 22:00 to 06:00 with an hour missing.
                "OT1": hour + 1800 + 2 * hour + 15 * 60 + 20 + 7 * hour,
            },
        )
        rows = {row["payroll_id"]: row for row in self.cells(export)}
        self.assertEqual(
            (rows["0007"]["regular"], rows["0007"]["ot1"], rows["0007"]["late"]), ("167.00", "1.50", "0.00")
        )
        self.assertEqual((rows["0008"]["regular"], rows["0008"]["ot1"]), ("168.00", "7.00"))
        self.assertEqual((rows["0009"]["regular"], rows["0009"]["ot1"]), ("176.00", "2.26"))
        self.assertEqual((rows["0010"]["regular"], rows["0010"]["ot1"]), ("4.33", "0.00"))
        # Anna's day away was excused; nobody excused the night that Ben did not come.
        self.assertEqual((rows["0007"]["absence_days"], rows["0008"]["absence_days"]), ("0", "1"))

    def test_totals_are_the_sum_of_the_days(self):
        self.corrected()
        by_code = Counter()
        days = self.env["punchclock.day"].search([("company_id", "=", self.company.id)])
        for pay in self.pays().values():
            for (code, _rate), seconds in pay.codes.items():
                by_code[code] += seconds
        self.assertEqual(by_code["REG"] + by_code["OT1"], sum(days.mapped("worked_seconds")))
        for code in PROFILES:
            with self.subTest(profile=code):
                export = self.export(code)
                self.assertEqual(export.totals, dict(by_code))
                self.assertEqual(export.total_seconds, sum(by_code.values()))
                # What is printed adds up to what is claimed, and is the rounded truth.
                rows = self.cells(export)
                for header, claimed in export.printed.items():
                    printed = sum(float(row[header]) for row in rows if row[header])
                    self.assertAlmostEqual(printed, float(claimed), places=6)
        long = self.export("long")
        self.assertAlmostEqual(float(long.printed["minutes"]) * 60, sum(by_code.values()), delta=4 * 2 * 30)

    def test_formulas_are_neutralised_and_quotes_doubled(self):
        self.corrected()
        text = self.content(self.export("long")).decode()
        self.assertIn('"\'=HYPERLINK(""http://x"")"', text)
        self.assertIn("'@ovens", text)
        self.assertIn('"Ben, Jr."', text)
        self.assertNotIn(",=", text)
        rows = list(csv.reader(io.StringIO(text, newline="")))
        self.assertFalse([cell for row in rows for cell in row if cell[:1] in ("=", "+", "@", "\t")])

    def test_the_order_is_stable(self):
        self.corrected()
        rows = self.cells(self.export("long"))
        keys = [(row["payroll_id"], row["date"], row["pay_code"]) for row in rows]
        self.assertEqual(keys, sorted(keys))
        first, second = self.export("codes"), self.export("codes")
        self.assertEqual(self.content(first), self.content(second))

    def test_night_and_clock_change_in_the_daily_file(self):
        self.corrected()
        rows = {(row["payroll_id"], row["date"]): row for row in self.cells(self.export("daily"))}
        short = rows["0008", "2026-03-28"]
        self.assertEqual(
            (short["first_in"], short["last_out"]), ("2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00")
        )
        self.assertEqual((short["worked"], short["utc_offset"]), ("7.00", "+01:00"))
        self.assertEqual(rows["0009", "2026-03-06"]["utc_offset"], "-05:00")
        self.assertEqual(rows["0009", "2026-03-09"]["utc_offset"], "-04:00")
        self.assertEqual(rows["0007", "2026-03-10"]["source_state"], "corrected")

    def test_adp(self):
        self.corrected()
        export = self.export("adp")
        self.assertEqual(export.filename, "PRB7_EPI.csv")
        rows = self.cells(export)
        self.assertEqual(
            rows[0],
            {
                "Co Code": "B7",
                "Batch ID": "PUNCH",
                "File #": "0007",
                "Reg Hours": "167.00",
                "O/T Hours": "1.50",
                "Hours 3 Code": "",
                "Hours 3 Amount": "",
            },
        )
        # Further codes, each in its pair of columns; the second in a row of its own.
        self.unfrozen()
        for code, minutes in (("night", 30), ("hol", 45)):
            adjustment = self.ask(
                "set_minutes", self.officer, pay_code_id=self.env.ref(f"punchclock.pay_code_{code}").id, minutes=minutes
            )
            adjustment.action_submit()
            adjustment.with_user(self.second).action_approve_and_apply()
        self.freeze()
        rows = [row for row in self.cells(self.export("adp")) if row["File #"] == "0007"]
        self.assertEqual(
            [(row["Reg Hours"], row["Hours 3 Code"], row["Hours 3 Amount"]) for row in rows],
            [("167.00", "HOL", "0.75"), ("", "NGT", "0.50")],
        )

    def unfrozen(self):
        self.period._reopen("More came.")
        self.env.invalidate_all()

    # -- revisions -------------------------------------------------------------------------------------------

    def test_a_second_file_is_a_revision_with_its_differences(self):
        self.corrected()
        first = self.export("long")
        self.assertEqual(
            (first.revision, first.previous_id, first.diff_filename), (1, self.env["punchclock.export"], False)
        )
        with self.assertRaises(UserError):
            self.period.write({"date_to": "2026-03-30"})
        self.unfrozen()
        self.decided(
            "retime",
            event_id=self.env["punchclock.event"].search([("local_time", "=", "2026-03-04 18:30:00")]).id,
            date="2026-03-04",
            punch_date="2026-03-04",
            punch_time="17:30",
        )
        self.freeze()
        second = self.export("long")
        self.assertEqual((second.revision, second.previous_id, second.difference_count), (2, first, 1))
        self.assertEqual(
            self.content(second, "diff_content").decode().split("\r\n"),
            [
                "change,payroll_id,employee,date,pay_code,rate,seconds_before,seconds_now,hours",
                "changed,0007,Anna Claes,2026-03-04,OT1,1.0000,5400,1800,-1.0000",
                "",
            ],
        )
        # The first one stays as it went out.
        self.assertEqual(hashlib.sha256(self.content(first)).hexdigest(), first.sha256)
        self.assertEqual(self.export("long").difference_count, 0)
        self.assertEqual(self.export("wide").revision, 1)
        self.assertSound()

    def test_an_export_is_a_fact(self):
        self.corrected()
        export = self.export("long")
        self.env.flush_all()
        for query in (
            "UPDATE punchclock_export SET content = 'x' WHERE id = %s",
            "UPDATE punchclock_export SET sha256 = 'x' WHERE id = %s",
            "UPDATE punchclock_export SET totals = '{}' WHERE id = %s",
            "DELETE FROM punchclock_export WHERE id = %s",
        ):
            with self.subTest(query=query), self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                with self.cr.savepoint():
                    self.cr.execute(query, [export.id])
        for record in (export, export.sudo()):
            with self.assertRaises(UserError):
                record.write({"filename": "x"})
            with self.assertRaises(UserError):
                record.sudo().unlink()
        with self.cr.savepoint() as savepoint:
            self.cr.execute("ALTER TABLE punchclock_export DISABLE TRIGGER USER")
            self.cr.execute("UPDATE punchclock_export SET content = 'x' WHERE id = %s", [export.id])
            self.cr.execute("ALTER TABLE punchclock_export ENABLE TRIGGER USER")
            self.env.invalidate_all()
            check = self.env["punchclock.audit.check"]._run(self.company)
            self.assertIn(f"punchclock.export {export.id} is not what entry", check.problems)
            savepoint.rollback()

    def test_what_goes_with_the_file(self):
        self.corrected()
        head = self.env["punchclock.audit"]._head_of(self.company)
        export = self.export("wide")
        self.assertEqual((export.chain_seq, export.chain_hash), head)
        text = base64.b64decode(export.control_content).decode()
        for line in (
            f"sha256: {export.sha256}",
            "rows: 4",
            "employees: 4",
            f"audit chain: {head[0]} {head[1]}",
            f"seconds REG: {export.totals['REG']}",
        ):
            self.assertIn(line, text)
        html = self.env["ir.actions.report"]._render_qweb_html("punchclock.report_export", export.ids)[0].decode()
        self.assertIn(export.sha256, html)
        entry = self.entries("export.made")
        self.assertEqual(json.loads(entry.payload)["sha256"], export.sha256)
        anchors = self.env["punchclock.audit.anchor"].search([("given_to", "=", f"export {export.id}")])
        self.assertEqual(anchors.seq, entry.seq)

    # -- refusals --------------------------------------------------------------------------------------------

    def test_an_open_period_is_not_exported(self):
        self.drain()
        with self.assertRaisesRegex(UserError, "freeze it first"):
            self.export("long")
        for user in (self.officer, self.admin, self.auditor):
            with self.assertRaises(AccessError):
                self.env["punchclock.export"].with_user(user)._make(
                    self.period.with_user(user), self.env.ref("punchclock.profile_long")
                )

    def test_nobody_is_forgotten(self):
        self.corrected()
        self.cleo.punchclock_payroll_id = False
        with self.assertRaisesRegex(UserError, "HYPERLINK"):
            self.export("long")
        self.cleo.punchclock_payroll_id = "0007"
        with self.assertRaisesRegex(UserError, "0007"):
            self.export("long")

    def test_no_code_falls_through(self):
        self.corrected()
        profile = self.env.ref("punchclock.profile_codes")
        profile.code_ids.filtered(lambda code: code.pay_code_id.code == "OT1").unlink()
        with self.assertRaisesRegex(UserError, "OT1"):
            self.export("codes")
        wide = self.env.ref("punchclock.profile_wide")
        wide.column_ids.filtered(lambda column: column.source == "other_codes" or column.codes == "OT1").unlink()
        with self.assertRaisesRegex(UserError, "OT1"):
            self.export("wide")
        wide.code_ids = [Command.create({"pay_code_id": self.env.ref("punchclock.pay_code_ot1").id, "skip": True})]
        self.assertNotIn("OT1", self.export("wide").totals)

    def test_a_new_program_needs_no_code(self):
        self.corrected()
        profile = (
            self.env["punchclock.export.profile"]
            .with_user(self.payroll)
            .create(
                {
                    "name": "Ours",
                    "code": "ours",
                    "grain": "employee_code",
                    "delimiter": ";",
                    "header": False,
                    "blank_zero": True,
                    "filename": "{company_code}_{date_to}.txt",
                    "column_ids": [
                        Command.create({"header": "id", "source": "payroll_id"}),
                        Command.create({"header": "code", "source": "pay_code"}),
                        Command.create({"header": "time", "source": "amount", "unit": "clock"}),
                    ],
                }
            )
        )
        export = self.env["punchclock.export"].with_user(self.payroll)._make(self.period, profile)
        self.assertEqual(export.filename, "B7_2026-03-31.txt")
        self.assertEqual(
            self.content(export).decode().split("\r\n")[:3], ["0007;OT1;1:30", "0007;REG;167:00", "0008;OT1;7:00"]
        )

    def test_a_file_name_names_and_does_nothing_else(self):
        profile = self.env.ref("punchclock.profile_long")
        for name in ("{period.env}", "{0}", "{company_code", "../{date_from}.csv", "{date_from.__class__}"):
            with self.subTest(name=name), self.assertRaises(ValidationError):
                profile.filename = name

    def test_the_wizard_exports_several_formats(self):
        self.corrected()
        action = self.period.action_export()
        wizard = self.env["punchclock.period.export"].with_user(self.payroll).with_context(**action["context"])
        wizard = wizard.create(
            {"profile_ids": [Command.set([self.env.ref(f"punchclock.profile_{code}").id for code in PROFILES])]}
        )
        exports = self.env["punchclock.export"].search(wizard.action_export()["domain"])
        self.assertEqual(len(exports), 5)
        self.assertEqual(len({export.total_seconds for export in exports}), 1)
        self.assertIsInstance(exports[0].exported_at, datetime)
