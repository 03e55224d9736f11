"""Users and API keys for the tests of the Rust client, inside `odoo shell`, which gives `env`. Odoo 14 and 19."""

import json
import os

values = json.loads(os.environ["PUNCHCLOCK_VALUES"])
env = env(context={"tracking_disable": True, "no_reset_password": True})  # noqa: F821 - given by `odoo shell`
admin = env.ref("base.user_admin")
# 19 renamed the field; keys expire since 18.
groups_field = "group_ids" if "group_ids" in env["res.users"]._fields else "groups_id"
keys_model = env["res.users.apikeys"]
keys_expire = "expiration_date" in keys_model._fields


def user(name, login):
    """An internal user with no right beyond that."""
    internal = [(6, 0, [env.ref("base.group_user").id])]
    return env["res.users"].create({"name": name, "login": login, groups_field: internal})


def key_of(owner, name):
    """A key of a user that opens the external API and does not expire."""
    arguments = ("rpc", name, None) if keys_expire else ("rpc", name)
    return keys_model.with_user(owner).sudo()._generate(*arguments)


restricted = user("Restricted Bot", "restricted")
archived = user("Archived Bot", "archived")
# Made by the superuser, so that nobody else belongs to it.
elsewhere = env["res.company"].create({"name": "Elsewhere"})
keys = {
    "admin": key_of(admin, "client tests"),
    "restricted": key_of(restricted, "client tests"),
    "archived": key_of(archived, "client tests"),
}
archived.active = False
if keys_expire:
    keys["expired"] = key_of(admin, "client tests, expired")
    key_of(admin, "client tests, expiring")
    for name, days in (("expired", -1), ("expiring", 30)):
        env.cr.execute(
            "UPDATE res_users_apikeys SET expiration_date = now() AT TIME ZONE 'utc' + %s * interval '1 day' "
            "WHERE name = %s",
            [days, f"client tests, {name}"],
        )
    # It deletes what has expired.
    env.ref("base.autovacuum_job").active = False
    env["ir.config_parameter"].set_param("web.max_file_upload_size", values["body_limit"])
env.cr.commit()
made = {
    "keys": keys,
    "logins": {"restricted": restricted.login, "archived": archived.login},
    "company_id": admin.company_id.id,
    "other_company_id": elsewhere.id,
    "body_limit": values["body_limit"] if keys_expire else None,
}
print("RESULT " + json.dumps(made))
