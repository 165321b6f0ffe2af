drop table claim_events, claim_lines, claims;
