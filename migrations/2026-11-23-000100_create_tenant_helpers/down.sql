drop function append_only(regclass);
drop function refuse_change();
drop function tenant_table(regclass, text);
revoke usage on schema public from firstpass_service;
