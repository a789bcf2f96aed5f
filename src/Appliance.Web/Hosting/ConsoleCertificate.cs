using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Web.Startup;

namespace Appliance.Web.Hosting;

/// <summary>
/// The console's certificate with its chain, from two PEM files. Read again when one of them is newer, so that a renewal needs no restart;
/// files that cannot be used then leave the certificate of before, with a line in the log.
/// </summary>
public sealed class ConsoleCertificate
{
    private static readonly TimeSpan _looksEvery = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly (string Certificate, string Key) _files;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private SslStreamCertificateContext _current;
    private DateTime _written;
    private long _looked;

    /// <summary>Throws <see cref="StartException"/> with what is wrong with the files.</summary>
    public ConsoleCertificate(string certificate, string key, TimeProvider time, ILogger log)
    {
        (_files, _time, _log) = ((certificate, key), time, log);
        (_written, _looked) = (Written(), time.GetTimestamp());
        try
        {
            _current = Load();
        }
        catch (Exception exception)
            when (exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartException(
                $"APPLIANCE_CONSOLE_CERTIFICATE ({certificate}) and APPLIANCE_CONSOLE_KEY ({key}) cannot be used "
                    + $"({exception.Message.TrimEnd('.')}); they take two PEM files: the certificate with its chain, and the key that "
                    + "belongs to it."
            );
        }

        Warn();
    }

    /// <summary>What a handshake gets.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            lock (_gate)
            {
                if (_time.GetElapsedTime(_looked) >= _looksEvery)
                    Look();
                return _current;
            }
        }
    }

    private void Look()
    {
        _looked = _time.GetTimestamp();
        var now = Written();
        if (now == _written)
            return;
        _written = now;
        try
        {
            _current = Load();
            _log.CertificateRead(_files.Certificate);
            Warn();
        }
        catch (Exception exception)
            when (exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Going on is right: the one before still works, and half of a renewal may be written yet.
            _log.CertificateNotRead(exception, _files.Certificate);
        }
    }

    private void Warn()
    {
        var left = _current.TargetCertificate.NotAfter.ToUniversalTime() - _time.GetUtcNow().UtcDateTime;
        if (left < TimeSpan.FromDays(14))
            _log.CertificateExpires(_files.Certificate, (int)left.TotalDays);
    }

    private DateTime Written() => new[] { File.GetLastWriteTimeUtc(_files.Certificate), File.GetLastWriteTimeUtc(_files.Key) }.Max();

    private SslStreamCertificateContext Load()
    {
        var certificate = X509Certificate2.CreateFromPemFile(_files.Certificate, _files.Key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_files.Certificate);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }
}

internal static partial class ConsoleCertificateLog
{
    [LoggerMessage(3020, LogLevel.Information, "The console's certificate was read again from {File}.")]
    public static partial void CertificateRead(this ILogger log, string file);

    [LoggerMessage(3021, LogLevel.Error, "The console's certificate in {File} changed and cannot be used; the one before is still served.")]
    public static partial void CertificateNotRead(this ILogger log, Exception exception, string file);

    [LoggerMessage(3022, LogLevel.Warning, "The console's certificate in {File} expires in {Days} days.")]
    public static partial void CertificateExpires(this ILogger log, string file, int days);
}
