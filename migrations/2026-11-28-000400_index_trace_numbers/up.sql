-- A payment is asked for by its check or trace number.
create index remittances_by_trace_number on remittances (organization_id, upper(trace_number));
