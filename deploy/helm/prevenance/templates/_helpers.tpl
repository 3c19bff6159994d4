{{- /* Labels of a process; called with the root and the process's name. */ -}}
{{- define "prevenance.selector" -}}
app.kubernetes.io/name: prevenance
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "prevenance.labels" -}}
{{ include "prevenance.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- /* What is cut off is told by a hash: two workers must not become one. */ -}}
{{- define "prevenance.fullname" -}}
{{- $full := printf "%s-%s" .root.Release.Name .name -}}
{{- if le (len $full) 63 }}{{ $full }}{{ else }}{{ trunc 54 $full }}-{{ sha256sum $full | trunc 8 }}{{ end }}
{{- end }}

{{- define "prevenance.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}
{{- else }}{{ $image.repository }}:{{ default .Chart.AppVersion $image.tag }}
{{- end }}
{{- end }}

{{- /* How a process reaches Kafka; its Secret has who it is. */ -}}
{{- define "prevenance.kafka" -}}
- {name: PREVENANCE_KAFKA, value: {{ .root.Values.kafka.bootstrap | quote }}}
- {name: PREVENANCE_KAFKA_TLS, value: {{ .root.Values.kafka.tls | quote }}}
{{- with .root.Values.ca.kafka }}
- {name: PREVENANCE_KAFKA_CA, value: /etc/prevenance/kafka/ca.crt}
{{- end }}
{{- if .root.Values.kafka.mechanism }}
- {name: PREVENANCE_KAFKA_MECHANISM, value: {{ .root.Values.kafka.mechanism | quote }}}
- name: PREVENANCE_KAFKA_USER
  valueFrom: {secretKeyRef: {name: {{ .secret | quote }}, key: kafka_user}}
- {name: PREVENANCE_KAFKA_PASSWORD_FILE, value: /run/secrets/process/kafka_password}
{{- else }}
- {name: PREVENANCE_KAFKA_CERT, value: /run/secrets/process/tls.crt}
- {name: PREVENANCE_KAFKA_KEY, value: /run/secrets/process/tls.key}
{{- end }}
{{- end }}

{{- define "prevenance.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 30
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "prevenance.container" -}}
image: {{ include "prevenance.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "prevenance.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
- name: process
  secret: {secretName: {{ .secret | quote }}, defaultMode: 0440}
{{- with .root.Values.ca.kafka }}
- name: kafka-ca
  secret: {secretName: {{ . | quote }}, items: [{key: ca.crt, path: ca.crt}]}
{{- end }}
{{- end }}

{{- define "prevenance.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: process, mountPath: /run/secrets/process, readOnly: true}
{{- with .root.Values.ca.kafka }}
- {name: kafka-ca, mountPath: /etc/prevenance/kafka, readOnly: true}
{{- end }}
{{- end }}

{{- /* A process of the line: root, name, args, secret, replicas, resources, environ (more of it, YAML), http. */ -}}
{{- define "prevenance.process" -}}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "prevenance.fullname" . }}
  labels: {{- include "prevenance.labels" . | nindent 4 }}
spec:
  {{- with .replicas }}
  replicas: {{ int64 . }}
  {{- end }}
  strategy:
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  selector:
    matchLabels: {{- include "prevenance.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "prevenance.labels" . | nindent 8 }}
      {{- with .root.Values.podAnnotations }}
      annotations: {{- toYaml . | nindent 8 }}
      {{- end }}
    spec: {{- include "prevenance.pod" . | nindent 6 }}
      topologySpreadConstraints:
      {{- $constraints := . }}
      {{- range .root.Values.topologySpread }}
        - maxSkew: 1
          topologyKey: {{ . | quote }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "prevenance.selector" $constraints | nindent 14 }}
      {{- end }}
      containers:
        - name: prevenance {{- include "prevenance.container" . | nindent 10 }}
          args: {{ toJson .args }}
          env:
            - {name: PREVENANCE_HOST, value: 0.0.0.0}
            - {name: PREVENANCE_PORT, value: "8080"}
            - {name: PREVENANCE_OPS_PORT, value: "9100"}
            - {name: PREVENANCE_PEPPER_FILE, value: /run/secrets/line/pepper}
            - {name: PREVENANCE_MASTER_KEY_FILE, value: /run/secrets/line/master_key}
            {{- include "prevenance.kafka" . | nindent 12 }}
            - {name: PREVENANCE_REDIS_FILE, value: /run/secrets/process/redis}
            {{- with .root.Values.ca.redis }}
            - {name: PREVENANCE_REDIS_CA, value: /etc/prevenance/redis/ca.crt}
            {{- end }}
            - {name: PREVENANCE_LOG, value: {{ .root.Values.log }}}
            {{- with .root.Values.tracing }}
            {{- if .collector }}
            - {name: PREVENANCE_OTLP, value: {{ .collector | quote }}}
            - {name: PREVENANCE_OTLP_RATIO, value: {{ .ratio | toString | quote }}}
            {{- end }}
            {{- end }}
            {{- range $name, $value := .environ }}
            - {name: {{ $name }}, value: {{ $value | toString | quote }}}
            {{- end }}
          ports:
            {{- if .http }}
            - {name: http, containerPort: 8080}
            {{- end }}
            - {name: ops, containerPort: 9100}
          startupProbe:
            httpGet: {path: /health, port: ops}
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /health, port: ops}
            periodSeconds: 10
            timeoutSeconds: 4
          readinessProbe:
            httpGet: {path: /ready, port: ops}
            periodSeconds: 5
            timeoutSeconds: 4
          {{- if .http }}
          # Balancers hear of a pod's end no sooner than the pod: until they have, it serves who they send.
          lifecycle:
            preStop: {exec: {command: [sleep, "5"]}}
          {{- end }}
          resources: {{- toYaml .resources | nindent 12 }}
          volumeMounts: {{- include "prevenance.mounts" . | nindent 12 }}
            - {name: line, mountPath: /run/secrets/line, readOnly: true}
            {{- with .root.Values.ca.redis }}
            - {name: redis-ca, mountPath: /etc/prevenance/redis, readOnly: true}
            {{- end }}
            {{- with .root.Values.maisons }}
            - {name: maisons, mountPath: /etc/prevenance/maisons, readOnly: true}
            {{- end }}
      volumes: {{- include "prevenance.volumes" . | nindent 8 }}
        - name: line
          secret: {secretName: {{ .root.Values.secret | quote }}, defaultMode: 0440}
        {{- with .root.Values.ca.redis }}
        - name: redis-ca
          secret: {secretName: {{ . | quote }}, items: [{key: ca.crt, path: ca.crt}]}
        {{- end }}
        {{- with .root.Values.maisons }}
        - name: maisons
          configMap: {name: {{ . | quote }}}
        {{- end }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "prevenance.fullname" . }}
  labels: {{- include "prevenance.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "prevenance.selector" . | nindent 6 }}
{{- if .http }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ include "prevenance.fullname" . }}
  labels: {{- include "prevenance.labels" . | nindent 4 }}
spec:
  selector: {{- include "prevenance.selector" . | nindent 4 }}
  ports:
    - {name: http, port: 80, targetPort: http}
{{- end }}
{{- end }}
