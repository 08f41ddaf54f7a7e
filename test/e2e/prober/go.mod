module casemate.dev/prober

go 1.26.0
