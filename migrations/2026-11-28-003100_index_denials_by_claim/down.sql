drop index denials_by_claim;
