drop function append_only(regclass);
drop function refuse_change();
drop function tenant_table(regclass, text);
revoke usage on schema public from firstpass_service;
revoke select on __diesel_schema_migrations from firstpass_service;
