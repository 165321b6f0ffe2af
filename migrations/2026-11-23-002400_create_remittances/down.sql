drop table remit_exceptions, provider_adjustments, remit_lines, remit_claims, remittances;
