drop table remit_exceptions, provider_adjustments, remit_lines, remit_claims, remittances;
drop function remittance_is_posted_once();
drop index coverages_by_member;
