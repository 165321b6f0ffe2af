create index patients_by_name on patients (organization_id, lower(last_name) text_pattern_ops);
create index patients_by_account on patients (organization_id, lower(account_number) text_pattern_ops);
