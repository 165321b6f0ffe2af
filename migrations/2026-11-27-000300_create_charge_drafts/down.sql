drop table charge_drafts;
