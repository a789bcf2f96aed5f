namespace Appliance.Web.SignIn.Oidc;

/// <summary>How many refusals a minute get a line in the audit, of those that anybody can bring about; the log has all of them.</summary>
public sealed class RefusalLimit(TimeProvider time)
{
    /// <summary>Most refusals in a minute that get a line in the audit.</summary>
    public const int MostPerMinute = 200;

    private readonly Lock _gate = new();
    private long _minute;
    private int _taken;

    /// <summary>True while there is room.</summary>
    public bool Take()
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        lock (_gate)
        {
            if (_minute != now)
                (_minute, _taken) = (now, 0);
            return _taken++ < MostPerMinute;
        }
    }
}
