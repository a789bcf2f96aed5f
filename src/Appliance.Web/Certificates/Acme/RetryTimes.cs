using Appliance.Data.Certificates;

namespace Appliance.Web.Certificates.Acme;

/// <summary>When a certificate is due, and when a failed order is tried again.</summary>
public static class RetryTimes
{
    // Four tries in the first hour: Let's Encrypt takes five failed ones for a name.
    private static readonly TimeSpan[] _waits =
    [
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(15),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(6),
    ];

    /// <summary>
    /// When it is renewed: with a third of its life left (30 days of 90), and up to a tenth of that earlier, by its id, so that those which
    /// were ordered in one moment do not all come back in one.
    /// </summary>
    public static DateTimeOffset Due(DateTimeOffset notBefore, DateTimeOffset notAfter, Guid id)
    {
        var third = (notAfter - notBefore) / 3;
        return notAfter - third - (third * (Share(id) / 10));
    }

    /// <summary>
    /// The next try after so many failures in a row (the last one included): 1, 5, 15, 60 minutes, 6 hours, then between 12 and 24, each up
    /// to a fifth longer; never before the time that the authority named, and within <see cref="CertificateOrders.LongestWait"/> whatever
    /// it named. <paramref name="chance"/> is between 0 and 1.
    /// </summary>
    public static DateTimeOffset Next(DateTimeOffset now, int failures, DateTimeOffset? notBefore, double chance)
    {
        var wait =
            failures <= _waits.Length ? _waits[Math.Max(failures, 1) - 1] * (1 + (chance / 5)) : TimeSpan.FromHours(12 + (chance * 12));
        var next = now + wait;
        if (notBefore is not { } named || named <= next)
            return next;
        var latest = now + CertificateOrders.LongestWait;
        return named >= latest - TimeSpan.FromMinutes(10) ? latest : named + (TimeSpan.FromMinutes(10) * chance);
    }

    /// <summary>
    /// Until when a try that begins now is nobody else's, should the process end in its middle: a minute for a first one, else as long as
    /// after a failure, and at least five.
    /// </summary>
    public static DateTimeOffset Claimed(DateTimeOffset now, int failures, bool isFirst) =>
        now + (failures == 0 && isFirst ? TimeSpan.FromMinutes(1) : _waits[Math.Clamp(failures, 1, _waits.Length - 1)]);

    private static double Share(Guid id) => BitConverter.ToUInt32(id.ToByteArray(), 0) / (double)uint.MaxValue;
}
