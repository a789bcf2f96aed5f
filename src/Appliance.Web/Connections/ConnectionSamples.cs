using Appliance.Proxy.Connections;
using Appliance.Web.Controls;
using Appliance.Web.Live;

namespace Appliance.Web.Connections;

/// <summary>The last two minutes of one connection, a sample a second, for as long as somebody looks at it.</summary>
internal sealed class ConnectionSamples
{
    /// <summary>Seconds that are kept.</summary>
    public const int Kept = 120;

    private readonly Queue<ConnectionRates> _samples = new();

    /// <summary>Takes the rates of the last second.</summary>
    public void Add(ConnectionRates rates)
    {
        _samples.Enqueue(rates);
        if (_samples.Count > Kept)
            _samples.Dequeue();
    }

    /// <summary>Messages a second, each way.</summary>
    public ChartDrawing Messages() => Draw(rates => rates.MessagesIn, rates => rates.MessagesOut, Shown.Rate);

    /// <summary>Bytes a second, each way.</summary>
    public ChartDrawing Bytes() => Draw(rates => rates.BytesIn, rates => rates.BytesOut, Shown.Bytes);

    private ChartDrawing Draw(Func<ConnectionRates, float> into, Func<ConnectionRates, float> outOf, Func<double, string> show) =>
        ChartDrawing.Of([Values("from the client", "in", into), Values("from the server", "out", outOf)], stacked: false, Kept, show);

    private ChartValues Values(string name, string kind, Func<ConnectionRates, float> value)
    {
        var values = _samples.Select(rates => (double)value(rates)).ToArray();
        return new(name, kind, values, values.Length > 0 ? values[^1] : 0);
    }
}
