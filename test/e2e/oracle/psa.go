package main

import (
	"encoding/json"
	"sync"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

var podSecurity = sync.OnceValue(func() policy.Evaluator {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		panic(err)
	}
	return evaluator
})

// askPodSecurity judges {"level": …, "version": "v1.37", "pod": {…}}. It answers {"allowed": …, "checks": {id: …}} with
// what each check of that level and version says by itself, or {"error": …} where the pod cannot be decoded.
func askPodSecurity(line []byte) any {
	var question struct {
		Level   string          `json:"level"`
		Version string          `json:"version"`
		Pod     json.RawMessage `json:"pod"`
	}
	if err := json.Unmarshal(line, &question); err != nil {
		return map[string]any{"error": err.Error()}
	}
	level, err := api.ParseLevel(question.Level)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	version, err := api.ParseVersion(question.Version)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	var pod corev1.Pod
	if err := utiljson.Unmarshal(question.Pod, &pod); err != nil {
		return map[string]any{"error": err.Error()}
	}
	results := podSecurity().EvaluatePod(api.LevelVersion{Level: level, Version: version}, &pod.ObjectMeta, &pod.Spec)
	return map[string]any{
		"allowed": policy.AggregateCheckResults(results).Allowed,
		"checks":  eachCheck(level, version, &pod),
	}
}

// eachCheck keeps apart what the evaluator gives as a list without ids.
func eachCheck(level api.Level, version api.Version, pod *corev1.Pod) map[policy.CheckID]bool {
	allowed := map[policy.CheckID]bool{}
	overridden := []policy.CheckID{}
	for _, check := range policy.DefaultChecks() {
		if check.Level == api.LevelRestricted && level != api.LevelRestricted {
			continue
		}
		var current *policy.VersionedCheck
		for i := range check.Versions {
			if !version.Older(check.Versions[i].MinimumVersion) {
				current = &check.Versions[i]
			}
		}
		if current != nil {
			allowed[check.ID] = current.CheckPod(&pod.ObjectMeta, &pod.Spec).Allowed
			overridden = append(overridden, current.OverrideCheckIDs...)
		}
	}
	for _, id := range overridden {
		delete(allowed, id)
	}
	return allowed
}
