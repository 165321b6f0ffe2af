alter table users add column password_temporary boolean not null default false;
comment on column users.password_temporary is
    'An administrator has handed the password out, so its owner must choose another before anything else.';
grant update (password_temporary) on users to firstpass_service;

alter table api_keys add column last_used_at timestamptz;
comment on column api_keys.last_used_at is 'To the minute; a key that nobody uses should be revoked.';
grant update (last_used_at) on api_keys to firstpass_service;

create index audit_events_by_action on audit_events (organization_id, action, id);
create index audit_events_by_actor on audit_events (organization_id, actor, id);
