drop index audit_events_by_actor;
drop index audit_events_by_action;
alter table api_keys drop column last_used_at;
alter table users drop column password_temporary;
