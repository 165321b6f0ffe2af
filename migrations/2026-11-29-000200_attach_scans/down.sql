drop table remittance_scans;
drop table eob_draft_scans;
