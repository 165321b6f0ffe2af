drop table proof_runs;
