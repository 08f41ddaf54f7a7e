package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"
	_ "time/tzdata" // for machines that have none

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/library"
)

// The environment of a ValidatingAdmissionPolicy that is stored in a 1.37 API server, and JSONPatch's functions.
var celBase = sync.OnceValue(func() *cel.Env {
	env, err := environment.MustBaseEnvSet(version.MajorMinor(1, 37)).StoredExpressionsEnv().Extend(library.JSONPatch())
	if err != nil {
		panic(err)
	}
	return env
})

var celEnvs = map[string]*cel.Env{}

func celEnv(vars map[string]any) (*cel.Env, error) {
	names := make([]string, 0, len(vars))
	for name := range vars {
		names = append(names, name)
	}
	sort.Strings(names)
	key := strings.Join(names, ",")
	if env, found := celEnvs[key]; found {
		return env, nil
	}
	options := make([]cel.EnvOption, 0, len(names))
	for _, name := range names {
		options = append(options, cel.Variable(name, cel.DynType))
	}
	env, err := celBase().Extend(options...)
	if err == nil {
		celEnvs[key] = env
	}
	return env, err
}

// askCEL evaluates {"expr": …, "vars": {…}} to {"value": …}, {"error": …} or {"compileError": …};
// {"functions": true} asks for the signatures of all functions.
func askCEL(line []byte) (answer any) {
	defer func() {
		if failure := recover(); failure != nil {
			answer = map[string]any{"error": fmt.Sprint("panic: ", failure)}
		}
	}()
	var question struct {
		Expr      string          `json:"expr"`
		Vars      json.RawMessage `json:"vars"`
		Functions bool            `json:"functions"`
	}
	if err := json.Unmarshal(line, &question); err != nil {
		return map[string]any{"compileError": err.Error()}
	}
	if question.Functions {
		return map[string]any{"functions": signatures()}
	}
	vars := map[string]any{}
	if len(question.Vars) > 0 {
		if err := utiljson.Unmarshal(question.Vars, &vars); err != nil {
			return map[string]any{"compileError": err.Error()}
		}
	}
	env, err := celEnv(vars)
	if err != nil {
		return map[string]any{"compileError": err.Error()}
	}
	ast, issues := env.Compile(question.Expr)
	if issues.Err() != nil {
		return map[string]any{"compileError": issues.Err().Error()}
	}
	program, err := env.Program(ast)
	if err != nil {
		return map[string]any{"compileError": err.Error()}
	}
	value, _, err := program.Eval(vars)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return map[string]any{"value": typed(value)}
}

// signatures writes what can be called as `name(int): bool` or `<string>.name(int): bool`.
func signatures() []string {
	list := []string{}
	for name, function := range celBase().Functions() {
		for _, overload := range function.OverloadDecls() {
			types := []string{}
			for _, argument := range overload.ArgTypes() {
				types = append(types, argument.String())
			}
			call := name
			if overload.IsMemberFunction() {
				call = "<" + types[0] + ">." + name
				types = types[1:]
			}
			list = append(list, fmt.Sprintf("%s(%s): %s", call, strings.Join(types, ", "), overload.ResultType()))
		}
	}
	sort.Strings(list)
	return list
}

// typed writes a value with its CEL type, so that 1, 1u and 1.0 differ.
func typed(value ref.Val) any {
	switch v := value.(type) {
	case types.Null:
		return nil
	case types.Bool:
		return bool(v)
	case types.String:
		return string(v)
	case types.Int:
		return map[string]any{"int": strconv.FormatInt(int64(v), 10)}
	case types.Uint:
		return map[string]any{"uint": strconv.FormatUint(uint64(v), 10)}
	case types.Double:
		return map[string]any{"double": strconv.FormatFloat(float64(v), 'g', -1, 64)}
	case types.Bytes:
		return map[string]any{"bytes": hex.EncodeToString(v)}
	case types.Timestamp, types.Duration:
		return map[string]any{v.Type().TypeName(): v.(ref.Val).ConvertToType(types.StringType).Value()}
	case *types.Type:
		return map[string]any{"type": v.TypeName()}
	case *types.Optional:
		if !v.HasValue() {
			return map[string]any{"optional": []any{}}
		}
		return map[string]any{"optional": []any{typed(v.GetValue())}}
	case traits.Lister:
		list := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			list = append(list, typed(it.Next()))
		}
		return map[string]any{"list": list}
	case traits.Mapper:
		entries := [][2]any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			entries = append(entries, [2]any{typed(key), typed(v.Get(key))})
		}
		sort.Slice(entries, func(i, j int) bool { return fmt.Sprint(entries[i][0]) < fmt.Sprint(entries[j][0]) })
		return map[string]any{"map": entries}
	}
	if text := value.ConvertToType(types.StringType); !types.IsError(text) {
		return map[string]any{value.Type().TypeName(): text.Value()}
	}
	return map[string]any{value.Type().TypeName(): ""}
}
