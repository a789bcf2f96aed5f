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
/// request waits for it.
/// </summary>
internal sealed class Collector : IDisposable
{
    private const int LastPatience = 1000; // milliseconds
    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _metrics;
    private readonly MeterBridge? _bridge;

    private Collector(TelemetryOptions options, MetricsReader reader)
    {
        if (options.OtlpSignals.Contains("traces"))
            _traces = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(Resource())
                .AddSource(Traces.Name)
                .SetSampler(SamplerOf(options.OtlpSampling))
                .AddOtlpExporter(exporter => Fill(exporter, options, "traces"))
                .Build();
        if (!options.OtlpSignals.Contains("metrics"))
            return;
        _bridge = new(reader, TimeProvider.System);
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(Resource())
            .AddMeter(MeterBridge.Name, Traces.Name)
            .AddOtlpExporter(exporter => Fill(exporter, options, "metrics"))
            .Build();
    }

    /// <summary>Begins to send; null: there is no collector.</summary>
    public static Collector? Start(TelemetryOptions options, MetricsReader reader) =>
        options.OtlpEndpoint is null ? null : new(options, reader);

    /// <summary>Lines of the log go to the collector, too, where there is one.</summary>
    public static void AddLogs(ILoggingBuilder logging, TelemetryOptions options)
    {
        if (options.OtlpEndpoint is null || !options.OtlpSignals.Contains("logs"))
            return;
        logging.AddOpenTelemetry(log =>
        {
            log.SetResourceBuilder(Resource());
            log.IncludeFormattedMessage = true;
            log.AddOtlpExporter(exporter => Fill(exporter, options, "logs"));
        });
    }

    /// <summary>Sends what waits, for a second at most.</summary>
    public void Dispose()
    {
        _traces?.Shutdown(LastPatience);
        _metrics?.Shutdown(LastPatience);
        _traces?.Dispose();
        _metrics?.Dispose();
        _bridge?.Dispose();
    }

    // A trace that a trusted proxy has begun and samples goes on; for all others, the share counts.
    private static ParentBasedSampler SamplerOf(double share)
    {
        var ours = new TraceIdRatioBasedSampler(share);
        return new(ours, remoteParentSampled: new AlwaysOnSampler(), remoteParentNotSampled: ours);
    }

    private static ResourceBuilder Resource() =>
        ResourceBuilder
            .CreateEmpty()
            .AddService("appliance", serviceVersion: AboutFacts.ProductVersion, serviceInstanceId: Environment.MachineName);

    private static void Fill(OtlpExporterOptions exporter, TelemetryOptions options, string signal)
    {
        exporter.Protocol = options.OtlpIsGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;

        // Over HTTP each signal has its path below the endpoint (OTLP 1.x, "OTLP/HTTP Request").
        exporter.Endpoint = options.OtlpIsGrpc
            ? options.OtlpEndpoint!
            : new($"{options.OtlpEndpoint!.AbsoluteUri.TrimEnd('/')}/v1/{signal}");
        if (options.OtlpHeaders is { } headers)
            exporter.Headers = headers;
    }
}
