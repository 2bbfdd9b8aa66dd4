/**
 * Fails the build unless the app answers behind Identity-Aware Proxy. Needs Node 22 or newer on the agent.
 *
 * iapGate(url: 'https://staging.example.com/health', credentialsId: 'google-oidc', workload_identity_provider: 'projects/…', …)
 *
 * credentialsId: an "OpenID Connect id token" of the plugin oidc-provider, whose audience is one that the provider allows.
 * Without it, set IAP_AUTH_CREDENTIALS_JSON or another credential in the environment. Other options: the list below.
 */
def call(Map options = [:]) {
    List<String> inputs = [
        'url',
        'checks_file',
        'workload_identity_provider',
        'service_account',
        'target_audience',
        'token_kind',
        'expect_status',
        'retry_for',
        'junit_file',
    ]
    List<String> settings = []
    for (option in options.keySet()) {
        if (option == 'credentialsId') { continue }
        if (!inputs.contains(option)) { error('iapGate: no option ' + option + '; it takes credentialsId, ' + inputs.join(', ')) }
        def value = options[option]
        settings.add('IAP_AUTH_' + option.toUpperCase() + '=' + (value instanceof List ? value.join('\n') : value))
    }
    if (options.credentialsId) { settings.add('IAP_AUTH_SUBJECT_TOKEN_VARIABLE=IAP_SUBJECT_TOKEN') }
    withEnv(settings) {
        if (options.credentialsId) {
            withCredentials([string(credentialsId: options.credentialsId, variable: 'IAP_SUBJECT_TOKEN')]) { gate() }
        } else {
            gate()
        }
    }
}

void gate() {
    // In single quotes: Groovy puts nothing into it, and the shell reads all from the environment.
    // Not in the checkout, which chooses what npx runs.
    sh '''
        dir="$(mktemp -d)"
        trap 'rm -rf "$dir"' EXIT
        npm install --prefix "$dir" --cache "$dir/cache" --ignore-scripts --no-audit --no-fund iap-auth@0.1.0
        "$dir/node_modules/.bin/iap-auth" smoke
    '''
}
