drop index remit_exceptions_parts;
drop index remit_lines_parts;
drop index remit_claims_parts;
