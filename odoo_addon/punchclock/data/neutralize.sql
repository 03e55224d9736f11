-- A copy of a database must not take an edge's punches: what it answers for is struck off the edge's queue.
UPDATE punchclock_gateway SET state = 'suspended' WHERE state = 'active';
DELETE FROM res_users_apikeys WHERE user_id IN (SELECT user_id FROM punchclock_gateway);
