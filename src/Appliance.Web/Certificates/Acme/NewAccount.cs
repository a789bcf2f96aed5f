using System.Text.Json;
using Appliance.Proxy.Dialing;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// An account at an authority that takes a key for it. The key is a secret, and lego takes it from its arguments alone: the account is
/// opened here, and lego finds it opened.
/// </summary>
internal sealed class NewAccount(Destinations destinations, TimeProvider time)
{
    /// <summary>Opens it: what is to be kept of it, or what went wrong.</summary>
    public async Task<(byte[]? Account, AcmeFailure? Failure)> OpenAsync(
        LegoOrder order,
        AccountBinding binding,
        CancellationToken cancellationToken
    )
    {
        const string toDo = "Look whether this machine may connect to it (firewall, DNS, proxy settings) and whether the authority is up.";
        try
        {
            using var http = AuthorityDirectory.Client(order.TrustedRoots, destinations);
            var (files, fault) = await BoundAccount.OpenAsync(http, order, binding, cancellationToken);
            return files is not null ? (AccountFiles.Pack(files), null) : (null, LegoErrors.Read([fault ?? ""], order, time.GetUtcNow()));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or UriFormatException)
        {
            return (
                null,
                AcmeFailure.Of(
                    AcmeTrouble.NoDirectory,
                    $"What answers at {order.Directory} is no ACME directory.",
                    "Compare the address with the authority's documentation.",
                    exception.Message
                )
            );
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            return (
                null,
                AcmeFailure.Of(
                    AcmeTrouble.AuthorityUntrusted,
                    $"The https certificate of {order.Directory.Host} is not trusted.",
                    "If it is an authority of your own, paste its root certificate into the form."
                )
            );
        }
        catch (Exception exception)
            when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return (
                null,
                AcmeFailure.Of(
                    AcmeTrouble.AuthorityAway,
                    $"The authority at {order.Directory.Authority} cannot be reached.",
                    toDo,
                    exception.Message
                )
            );
        }
    }
}
