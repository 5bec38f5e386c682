package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeStubs writes the configurations with which WireMock and Mockoon give the answers of the stand-in.
func writeStubs(work string, samples map[string]sample) error {
	mappings := filepath.Join(work, "wiremock", "mappings")
	if err := os.MkdirAll(mappings, 0o750); err != nil {
		return err
	}
	var routes []any
	for i, name := range operations {
		one := samples[name]
		stub := map[string]any{
			"request":  map[string]any{"method": one.Method, "urlPathPattern": "/customer/[^/]+" + one.Path},
			"response": map[string]any{"status": one.Status, "body": one.Body, "headers": map[string]string{"Content-Type": "application/json"}},
		}
		if err := writeJSON(filepath.Join(mappings, strings.ReplaceAll(name, " ", "-")+".json"), stub); err != nil {
			return err
		}
		routes = append(routes, map[string]any{
			"uuid": fmt.Sprintf("00000000-0000-4000-8000-%012d", i), "type": "http", "documentation": "", "method": strings.ToLower(one.Method),
			"endpoint": "customer/:tenant" + one.Path, "responseMode": nil,
			"responses": []any{map[string]any{
				"uuid": fmt.Sprintf("00000000-0000-4000-9000-%012d", i), "body": one.Body, "latency": 0, "statusCode": one.Status, "label": "",
				"headers":  []any{map[string]string{"key": "Content-Type", "value": "application/json"}},
				"bodyType": "INLINE", "filePath": "", "databucketID": "", "sendFileAsBody": false, "rules": []any{}, "rulesOperator": "OR",
				"disableTemplating": true, "fallbackTo404": false, "default": true, "crudKey": "id", "callbacks": []any{},
			}},
		})
	}
	return writeJSON(filepath.Join(work, "mockoon.json"), map[string]any{
		"uuid": "00000000-0000-4000-a000-000000000000", "lastMigration": 33, "name": "peers", "endpointPrefix": "", "latency": 0, "port": 3000, "hostname": "",
		"folders": []any{}, "routes": routes, "rootChildren": children(routes), "proxyMode": false, "proxyHost": "", "proxyRemovePrefix": false,
		"tlsOptions": map[string]any{"enabled": false}, "cors": true, "headers": []any{}, "proxyReqHeaders": []any{}, "proxyResHeaders": []any{}, "data": []any{}, "callbacks": []any{},
	})
}

// children returns the references to routes in Mockoon's tree.
func children(routes []any) []any {
	var all []any
	for _, route := range routes {
		if one, ok := route.(map[string]any); ok {
			all = append(all, map[string]any{"type": "route", "uuid": one["uuid"]})
		}
	}
	return all
}

// writeJSON writes a value to a file.
func writeJSON(path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}
