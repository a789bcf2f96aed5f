using Appliance.Proxy.Variables;
using Appliance.Web.About;
using Appliance.Web.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Appliance.Web.Hosting;

/// <summary>
/// What is sent to a collector by OTLP: in batches, from threads of the library. A collector that is away costs what was to be sent, and no
/// request waits for it. Disposed of before the log is, so that its last lines are sent.
/// </summary>
internal sealed class Collector : IDisposable
{
    private static readonly TimeSpan _lastPatience = TimeSpan.FromSeconds(1);
    private readonly TelemetryOptions _options;
    private readonly CollectorReports? _reports;
    private BatchLogRecordExportProcessor? _lines;

    // The library waits for an export that has begun, and for a last one of each signal, for as long as that takes.
    private readonly CancellationTokenSource _last = new();
    private bool _isLast;

    /// <summary>Nothing is sent yet.</summary>
    public Collector(TelemetryOptions options, TimeProvider time)
    {
        _options = options;
        if (options.OtlpEndpoint is not { } endpoint)
            return;
        State = new(endpoint, options.OtlpSignals, time);
        _reports = new(State, time);
    }

    /// <summary>Whether it takes what it is sent; null: there is no collector.</summary>
    public CollectorState? State { get; }

    /// <summary>Lines of the log go to the collector, too, where there is one.</summary>
    public void AddLogs(ILoggingBuilder logging)
    {
        if (_reports is null || !_options.OtlpSignals.Contains("logs"))
            return;
        var batches = new LogRecordExportProcessorOptions().BatchExportProcessorOptions;
        var exporter = new OtlpExporterOptions();
        Fill(exporter, "logs", _reports);
        _lines = new(
            new OtlpLogExporter(exporter),
            batches.MaxQueueSize,
            batches.ScheduledDelayMilliseconds,
            batches.ExporterTimeoutMilliseconds,
            batches.MaxExportBatchSize
        );
        logging.AddOpenTelemetry(log =>
        {
            log.SetResourceBuilder(Resource());
            log.IncludeFormattedMessage = true;
            log.AddProcessor(_lines);
        });
    }

    /// <summary>Failures are said here from now on.</summary>
    public void SayTo(ILoggerFactory logs)
    {
        if (_reports is not null)
            _reports.Log = logs.CreateLogger<Collector>();
    }

    /// <summary>Begins to send traces and metrics; what it returns ends that. Null: there is no collector.</summary>
    public IDisposable? Start(MetricsReader reader) => _reports is null ? null : new Sending(this, reader, _reports);

    /// <summary>Sends the lines of the log that wait, for what is left of a second.</summary>
    public void Dispose()
    {
        BeginLast();
        _lines?.Shutdown((int)_lastPatience.TotalMilliseconds);
        _last.Cancel();
        _last.Dispose();
    }

    /// <summary>
    /// What this process is called there: our name, unless the variables of OpenTelemetry say another one, and what else they say.
    /// </summary>
    public static ResourceBuilder Resource() =>
        ResourceBuilder
            .CreateEmpty()
            .AddService("appliance", serviceVersion: AboutFacts.ProductVersion, serviceInstanceId: Environment.MachineName)
            .AddEnvironmentVariableDetector();

    // A trace that a trusted proxy has begun and samples goes on; for all others, the share counts.
    private static ParentBasedSampler SamplerOf(double share)
    {
        var ours = new TraceIdRatioBasedSampler(share);
        return new(ours, remoteParentSampled: new AlwaysOnSampler(), remoteParentNotSampled: ours);
    }

    // A second from here, for all signals together.
    private void BeginLast()
    {
        if (!_isLast)
            _last.CancelAfter(_lastPatience);
        _isLast = true;
    }

    private void Fill(OtlpExporterOptions exporter, string signal, CollectorReports reports)
    {
        exporter.Protocol = _options.OtlpIsGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;

        // Over HTTP each signal has its path below the endpoint (OTLP 1.x, "OTLP/HTTP Request").
        var endpoint = _options.OtlpEndpoint!; // there are reports of one
        exporter.Endpoint = _options.OtlpIsGrpc ? endpoint : new($"{endpoint.AbsoluteUri.TrimEnd('/')}/v1/{signal}");
        if (_options.OtlpHeaders is { } headers)
            exporter.Headers = headers;
        var last = _last.Token;
        exporter.HttpClientFactory = () =>
            new(new CollectorHandler(signal, reports, CollectorTls.Connections(), last))
            {
                Timeout = TimeSpan.FromMilliseconds(exporter.TimeoutMilliseconds),
            };
    }

    private sealed class Sending : IDisposable
    {
        private readonly Collector _collector;
        private readonly TracerProvider? _traces;
        private readonly MeterProvider? _metrics;
        private readonly MeterBridge? _bridge;

        public Sending(Collector collector, MetricsReader reader, CollectorReports reports)
        {
            _collector = collector;
            var options = collector._options;
            if (options.OtlpSignals.Contains("traces"))
                _traces = Sdk.CreateTracerProviderBuilder()
                    .SetResourceBuilder(Resource())
                    .AddSource(Traces.Name)
                    .SetSampler(SamplerOf(options.OtlpSampling))
                    .AddOtlpExporter(exporter => collector.Fill(exporter, "traces", reports))
                    .Build();
            if (!options.OtlpSignals.Contains("metrics"))
                return;
            _bridge = new(reader, TimeProvider.System);
            _metrics = Sdk.CreateMeterProviderBuilder()
                .SetResourceBuilder(Resource())
                .AddMeter(MeterBridge.Name, Traces.Name)
                .AddOtlpExporter(exporter => collector.Fill(exporter, "metrics", reports))
                .Build();
        }

        /// <summary>Sends what waits, both at the same time, for a second at most.</summary>
        public void Dispose()
        {
            _collector.BeginLast();
            var most = (int)_lastPatience.TotalMilliseconds;
            Parallel.Invoke(() => _traces?.Shutdown(most), () => _metrics?.Shutdown(most));
            _traces?.Dispose();
            _metrics?.Dispose();
            _bridge?.Dispose();
        }
    }
}
